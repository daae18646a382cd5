"""When a page of the app is drawn to its end, so that what comes next meets what a visitor would see."""

from playwright.sync_api import Page

PATIENCE_MS = 60_000
_AT_REST = """() =>
    document.querySelector("[data-testid=stApp]")?.dataset.testScriptState === "notRunning"
    && !document.querySelector("[data-testid=stSkeleton], [data-stale=true]")
    && document.getAnimations().every(one => one.playState !== "running"
        || one.effect.getTiming().iterations === Infinity)"""
_PICTURE = "() => document.querySelector('[data-testid=stCameraInput] video')?.readyState >= 3"


def settled(page: Page) -> None:
    """The footer names the model, the fonts and charts are there, and nothing is drawn anew or half faded."""
    page.locator(".st-key-rupa-footer", has_text="rupa-1").wait_for(timeout=PATIENCE_MS)
    page.wait_for_load_state("networkidle")
    page.wait_for_function("() => document.fonts.ready.then(() => true)")
    page.wait_for_function(_AT_REST, timeout=PATIENCE_MS)


def take_photo(page: Page) -> None:
    """Once the camera's picture is there: before, Streamlit's button does nothing, and says nothing."""
    page.wait_for_function(_PICTURE, timeout=PATIENCE_MS)
    page.get_by_role("button", name="Take Photo").click(timeout=PATIENCE_MS)
