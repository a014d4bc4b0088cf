"""Generate Python from the .proto files beside this script; with --check, fail when what is committed is stale."""

import filecmp
import sys
import tempfile
from pathlib import Path

import grpc_tools
from grpc_tools import protoc

ROOT = Path(__file__).resolve().parent


def generate(target: Path) -> list[Path]:
    """Write the generated modules below `target`; return their paths relative to it."""
    sources = sorted(ROOT.rglob("*.proto"))
    well_known = Path(grpc_tools.__file__).parent / "_proto"
    arguments = ["protoc", f"-I{ROOT}", f"-I{well_known}", f"--python_out={target}", f"--pyi_out={target}"]
    if protoc.main([*arguments, *map(str, sources)]) != 0:
        raise SystemExit("protoc refused the files named above")
    return sorted(path.relative_to(target) for path in target.rglob("*_pb2.py*"))


def check() -> int:
    """Return 1 and say so when the committed modules are not what the .proto files give."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = generate(Path(folder))
        committed = sorted(
            path.relative_to(ROOT) for path in ROOT.rglob("*_pb2.py*") if "__pycache__" not in path.parts
        )
        _, differing, missing = filecmp.cmpfiles(folder, ROOT, [str(path) for path in fresh], shallow=False)
        stale = sorted({*differing, *missing, *(str(path) for path in committed if path not in fresh)})
    if stale:
        sys.stderr.write(f"stale generated code: {', '.join(stale)}; run `make protos`\n")
        return 1
    return 0


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        raise SystemExit(check())
    generate(ROOT)
