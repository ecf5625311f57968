/** What a family of metrics is. */
export type MetricType = "counter" | "gauge" | "histogram";

/** How metrics are written. */
export type MetricFormat = "prometheus" | "openmetrics";

/** Numbers by their upper bounds, the last without one. */
export interface Distribution {
  readonly buckets: ArrayLike<number>;
  readonly sum: number;
  readonly count: number;
}

/** Writes samples as text, family by family. */
export class MetricWriter {
  readonly #format: MetricFormat;
  #name = "";
  /** To be joined: a text that grows piece by piece would have to be put together again later. */
  #pieces: string[] = [];
  #bounds: readonly number[] = [];
  #ends: readonly string[] = [];

  /** Begins with an empty text. */
  constructor(format: MetricFormat) {
    this.#format = format;
  }

  /** A family begins. The name of a counter ends in `_total`. */
  begin(name: string, type: MetricType, help: string): void {
    this.#name = name;
    // OpenMetrics calls the family of a counter without the end of its samples.
    const family = this.#format === "openmetrics" && type === "counter"
      ? name.replace(/_total$/, "")
      : name;
    this.#pieces.push(`# HELP ${family} ${help}\n# TYPE ${family} ${type}\n`);
  }

  /** A sample of the family, with labels as the format has them, such as `a="b",c="d"`. */
  sample(value: number, labels = ""): void {
    const braced = labels === "" ? "" : `{${labels}}`;
    this.#pieces.push(`${this.#name}${braced} ${numberText(value)}\n`);
  }

  /** The samples of a histogram, whose buckets count what is in them alone. */
  histogram({ buckets, sum, count }: Distribution, bounds: readonly number[], labels = ""): void {
    const ends = this.#endsOf(bounds);
    const begin = `${this.#name}_bucket{${labels}${labels === "" ? "" : ","}le="`;
    let below = 0;
    for (let index = 0; index < ends.length; index++) {
      below += buckets[index];
      this.#pieces.push(begin, ends[index], `${below}\n`);
    }
    const all = labels === "" ? "" : `{${labels}}`;
    this.#pieces.push(
      `${begin}+Inf"} ${count}\n`,
      `${this.#name}_sum${all} ${numberText(sum)}\n`,
      `${this.#name}_count${all} ${count}\n`,
    );
  }

  /** What stands behind the bounds of a histogram, with them: there may be tens of thousands of lines. */
  #endsOf(bounds: readonly number[]): readonly string[] {
    if (this.#bounds !== bounds) {
      this.#bounds = bounds;
      const isOpen = this.#format === "openmetrics";
      this.#ends = bounds.map((bound) =>
        isOpen && Number.isInteger(bound) ? `${bound}.0"} ` : `${bound}"} `
      );
    }
    return this.#ends;
  }

  /** All has been written. */
  end(): void {
    if (this.#format === "openmetrics") this.#pieces.push("# EOF\n");
  }

  /** What has been written since this was asked last. */
  take(): string {
    const text = this.#pieces.join("");
    this.#pieces = [];
    return text;
  }
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return `${value}`;
  return value > 0 ? "+Inf" : value < 0 ? "-Inf" : "NaN";
}
