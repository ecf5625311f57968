/**
 * The program by another name: the first argument is the name, the others are its arguments.
 *
 * @module
 */
import process from "node:process";
import { main } from "../../cli.ts";

const [name, ...args] = process.argv.slice(2);
process.exit(await main(args, name));
