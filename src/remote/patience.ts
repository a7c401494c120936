/** Ends a wait that takes too long, unless there is progress. */
export class Patience {
  /** It was used up. */
  ended = false;
  private readonly ms: number;
  private readonly giveUp: () => void;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(ms: number, giveUp: () => void) {
    this.ms = ms;
    this.giveUp = giveUp;
    this.renew();
  }

  renew(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.ended = true;
      this.giveUp();
    }, this.ms);
  }

  end(): void {
    clearTimeout(this.timer);
  }
}
