"""Chromium for the tests: the one on PATH, else Debian's package, else Playwright's own; `make test` says which."""

import os
import platform
import shutil
import subprocess
import sys

from playwright.sync_api import Error, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Each window of a whole Chromium makes two pages for suggestions under its address bar: more work than a page of ours.
# The last such list counts, so Playwright's own is repeated.
WITHOUT = (
    "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding", "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled",
    "PreconnectToSearch", "WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup",
)  # fmt: skip
# Beside what Playwright gives by itself. No name but our own address is ever looked up.
FLAGS = (
    f"--disable-features={','.join(WITHOUT)}",
    "--disable-gpu",
    "--disable-quic",
    "--use-fake-device-for-media-stream",  # a microphone that beeps, for whom it is allowed
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


def on_path() -> str | None:
    """The first on PATH that starts (Ubuntu's may be an empty shell); None means Playwright's own."""
    for name in NAMES:
        path = shutil.which(name)
        if path and subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0:
            return path
    return None


def made_ready() -> str:
    """Get one if there is none, start it, and say which it is; raises Error when none starts."""
    if on_path() is None and _is_debian() and os.geteuid() == 0:
        say("没有找到 Chromium，正在安装 Debian 的 chromium 软件包……")
        given = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
            subprocess.run(["/usr/bin/apt-get", "-q", *command], env=given, stdout=subprocess.DEVNULL, check=False)
    path = on_path()
    if path is None:
        say("没有找到 Chromium，使用 Playwright 自带的（首次需下载约 150 MB）……")
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        version = browser.version
        browser.close()
        return f"{path or playwright.chromium.executable_path}（{version}）"


def _is_debian() -> bool:
    try:
        return platform.freedesktop_os_release()["ID"] == "debian"
    except OSError:
        return False


def say(text: str) -> None:
    """On the terminal, before the tests begin."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        say(f"测试用的浏览器：{made_ready()}")
    except Error as error:
        sys.exit(
            f"{error}\n没有可用的 Chromium：请安装后重试（Debian/Ubuntu：apt install chromium；或 Google Chrome）。"
        )
