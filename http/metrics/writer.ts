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
  #text = "";

  /** Nothing yet. */
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
    this.#text += `# HELP ${family} ${help}\n# TYPE ${family} ${type}\n`;
  }

  /** A sample of the family, with labels as the format has them, such as `a="b",c="d"`. */
  sample(value: number, labels = ""): void {
    this.#text += labels === ""
      ? `${this.#name} ${numberText(value)}\n`
      : `${this.#name}{${labels}} ${numberText(value)}\n`;
  }

  /** The samples of a histogram, whose buckets count what is in them alone. */
  histogram({ buckets, sum, count }: Distribution, bounds: readonly number[], labels = ""): void {
    const before = labels === "" ? "" : `${labels},`;
    const name = this.#name;
    let text = "";
    let below = 0;
    for (let index = 0; index < bounds.length; index++) {
      below += buckets[index];
      text += `${name}_bucket{${before}le="${this.#bound(bounds[index])}"} ${below}\n`;
    }
    const all = labels === "" ? "" : `{${labels}}`;
    text += `${name}_bucket{${before}le="+Inf"} ${count}\n`;
    this.#text += `${text}${name}_sum${all} ${numberText(sum)}\n${name}_count${all} ${count}\n`;
  }

  #bound(bound: number): string {
    return this.#format === "openmetrics" && Number.isInteger(bound) ? `${bound}.0` : `${bound}`;
  }

  /** All has been written. */
  end(): void {
    if (this.#format === "openmetrics") this.#text += "# EOF\n";
  }

  /** What has been written since this was asked last. */
  take(): string {
    const text = this.#text;
    this.#text = "";
    return text;
  }
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return `${value}`;
  return value > 0 ? "+Inf" : value < 0 ? "-Inf" : "NaN";
}
