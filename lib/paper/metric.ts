/** A metric as `reportMetric` keeps it, with the paper's value where the paper has one. */
export interface PaperMetric {
  /** Section of the paper, such as `2.4`, or `beyond`. */
  section: string;
  name: string;
  value: number;
  /** The paper's value as it prints it: `99.5 %`, `0.9400`, `80 to 90 %`, `significantly lower`. */
  paper?: string;
  /** Whether the value agrees with a text of the paper that has no number to compare with. */
  agrees?: boolean;
}
