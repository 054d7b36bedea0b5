"""One static page about one run: what was done, what was found, who agreed, on which bytes."""

from __future__ import annotations

from burnish.evidence.report.render import render_report
from burnish.evidence.report.view import ReportView

__all__ = ["ReportView", "render_report"]
