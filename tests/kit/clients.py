"""A client of three files that npm builds in a second, by the same commands as the real one."""

import json
from pathlib import Path

BUILD = (
    "const {mkdirSync, writeFileSync} = require('fs'), to = process.env.UNI_OUTPUT_DIR; "
    "mkdirSync(to + '/assets', {recursive: true}); "
    "writeFileSync(to + '/index.html', '<p>' + '手机'.repeat(500)); "
    "writeFileSync(to + '/assets/index-0123abcd.js', '//' + 'x'.repeat(500)); "
    "writeFileSync(to + '/assets/a.png', 'png')"
)


def client_at(folder: Path, build: str = BUILD, **dependencies: str) -> Path:
    """Write one into `folder`; `build` is what its `build:h5` does, in JavaScript."""
    (folder / "src").mkdir(parents=True, exist_ok=True)
    (folder / "src" / "build.cjs").write_text(build)
    package = {"name": "tiny", "version": "1.0.0", "scripts": {"build:h5": "node src/build.cjs"}}
    (folder / "package.json").write_text(json.dumps(package | {"dependencies": dependencies}))
    packages: dict[str, object] = {"": {"name": "tiny", "version": "1.0.0", "dependencies": dependencies}}
    packages |= {f"node_modules/{name}": {"version": version} for name, version in dependencies.items()}
    lock = {"name": "tiny", "version": "1.0.0", "lockfileVersion": 3, "requires": True, "packages": packages}
    (folder / "package-lock.json").write_text(json.dumps(lock))
    return folder
