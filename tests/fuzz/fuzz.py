"""A coverage-guided fuzzer of the whole command line: `pip install atheris`, then `python tests/fuzz/fuzz.py`.

    python tests/fuzz/fuzz.py --minutes 60 --findings DIR     fuzzes; findings are files of bytes, with a .txt beside
    python tests/fuzz/fuzz.py --replay FILE ...               plays findings once more and says what is wrong

The corpus is kept in DIR/corpus, so that a later run goes on where this one ended. Findings become tests: an input that
went wrong belongs into test_attack.py, by what it stands for.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
MEMORY = 3 << 30
SECONDS = 20  # that one input may take
ROUND = 600  # seconds after which the fuzzing process starts anew: caches grow


def main() -> int:
    """Fuzzes, or replays."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--findings", type=Path, default=Path("fuzz-findings"))
    parser.add_argument("--replay", type=Path, nargs="+", default=())
    parser.add_argument("--child", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    sys.path.insert(0, str(HERE))
    if options.replay:
        return _replay(options.replay)
    options.findings = options.findings.resolve()
    (options.findings / "corpus").mkdir(parents=True, exist_ok=True)
    if options.child:
        _fuzz(options.findings, options.child)
    end = time.monotonic() + 60 * options.minutes
    while (left := end - time.monotonic()) > 1:
        own = ["--findings", str(options.findings), "--child", str(min(ROUND, left))]
        try:
            code: int | str = subprocess.run(
                [sys.executable, __file__, *own], timeout=min(ROUND, left) + 120
            ).returncode
        except subprocess.TimeoutExpired:  # in a library that does not let an alarm through
            code = "a hang"
            (options.findings / f"killed-{int(time.time())}").write_bytes((options.findings / "current").read_bytes())
        print(f"--- a round that began with {left:.0f} s left ended with {code}", flush=True)
    return 0


def _replay(files: list[Path]) -> int:
    from inputs import command_of
    from play import play

    wrong = 0
    for path in files:
        command = command_of(path.read_bytes())
        outcome = play(*command, seconds=SECONDS)
        wrong += outcome.wrong is not None
        print(f"{path}: {command}\n  exit {outcome.code} {outcome.wrong and outcome.wrong[0]}")
        print(f"  {outcome.out[:300]!r}\n  {outcome.err[:300]!r}")
        if outcome.wrong:
            print(outcome.wrong[1])
    return min(wrong, 1)


def _fuzz(findings: Path, seconds: float) -> None:
    """One round in this process; libFuzzer ends it."""
    import atheris

    with atheris.instrument_imports(include=["gradcli"]):
        import inputs
        import play

        for module in ("engine", "cli.evaluate", "cli.symbolic", "cli.check", "cli.compare", "cli.equal", "cli.sampled",
                       "cli.stencil", "limits", "language.python", "tables.delimited", "tables.ndjson",
                       "tables.numpy_files", "render.table", "backends.autodiff", "backends.symbolic",
                       "backends.finite_difference", "certify"):  # fmt: skip
            __import__(f"gradcli.{module}")

    known = {path.stem for path in findings.glob("*.txt")}

    def test_one(data: bytes) -> None:
        command = inputs.command_of(data)
        (findings / "current").write_bytes(data)  # what was played when the process was killed
        outcome = play.play(*command, seconds=SECONDS)
        if outcome.wrong is not None:
            key = hashlib.sha256(outcome.wrong[0].encode()).hexdigest()[:12]
            if key not in known:
                known.add(key)
                (findings / key).write_bytes(data)
                (findings / f"{key}.txt").write_text(
                    f"{outcome.wrong[0]}\n{command!r}\n{outcome.wrong[1]}\n{outcome.err!r}\n"
                )
                os.write(2, f"FOUND {key} {outcome.wrong[0]} {command!r}\n".encode()[:500])

    arguments = [sys.argv[0], f"-max_total_time={int(seconds)}", "-max_len=400", f"-timeout={3 * SECONDS}",
                 "-rss_limit_mb=2600", f"-artifact_prefix={findings}/killed-", "-print_final_stats=1", "-verbosity=1",
                 "-len_control=10", str(findings / "corpus")]  # fmt: skip
    atheris.Setup(arguments, test_one)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
