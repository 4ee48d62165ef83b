"""The soak's curves: growth is seen, warming up is not taken for it."""

import os
from pathlib import Path

from bench.curves import Sample, chart, curves, read


def samples(*memory: float) -> list[Sample]:
    """Return a sample for each figure of memory, a second apart, at half a processor."""
    return [Sample(float(at), rss, 10, 4, at / 2) for at, rss in enumerate(memory)]


def test_growth_is_that_after_the_warming_up() -> None:
    flat = curves(samples(*[50.0] * 10, *[100.0] * 30))[0]
    assert (flat.quarters, flat.growth) == ((50, 100, 100, 100), 1)
    leak = curves(samples(*(100.0 + at for at in range(40))))[0]
    assert leak.growth > 1.15


def test_one_peak_is_no_growth() -> None:
    assert curves(samples(*[100.0] * 35, 900.0, *[100.0] * 4))[0].growth == 1


def test_processor_time_is_a_share_of_a_second() -> None:
    load = curves(samples(*[100.0] * 8))[3]
    assert set(load.values) == {50}
    assert load.growth == 1


def test_the_chart_shows_quarters_and_lines() -> None:
    text = chart(curves(samples(*(float(at) for at in range(120)))))
    assert "| resident memory, MB | 14.5 | 44.5 | 74.5 | 104.5 | 119.0 | 2.35 |" in text
    (line,) = [line for line in text.splitlines() if line.startswith("resident memory, MB  ")]
    bars = line.split()[3]
    assert (len(bars), bars[0], bars[-1]) == (60, "▁", "█")
    assert line.endswith("0 to 119")


def test_this_process_can_be_read() -> None:
    one = read(Path(f"/proc/{os.getpid()}"), 1.0)
    assert one.rss_mb > 10
    assert one.descriptors >= 3
    assert one.threads >= 1
    assert one.cpu > 0
