"""The planner from Python: cases, plans and judgements as objects, with frames for pandas and charts.

Everything here calls the same studies, views and reports as the command line; nothing is computed anew. Bad input and
cases without a plan raise the exceptions below, whose text is what the command line prints.
"""

from planner.case_file import CaseFileError, ChangeError
from planner.data import DatasetError
from planner.library.cases import CaseStudy, load_case
from planner.library.charts import Chart
from planner.library.judgements import Judgement, evaluate
from planner.library.plans import Plan, load_result, plan
from planner.reports.html.figures import NothingToDrawError
from planner.reports.html.pdf import PdfError
from planner.reports.problems import NoPlaceError
from planner.results import ResultFileError
from planner.studies.plan import InfeasibleCase, NoPlan, StoppedEarly
from planner.studies.proposals.evaluate import OtherCase
from planner.views.frames import Frames

__all__ = [
    "CaseFileError",
    "CaseStudy",
    "ChangeError",
    "Chart",
    "DatasetError",
    "Frames",
    "InfeasibleCase",
    "Judgement",
    "NoPlaceError",
    "NoPlan",
    "NothingToDrawError",
    "OtherCase",
    "PdfError",
    "Plan",
    "ResultFileError",
    "StoppedEarly",
    "evaluate",
    "load_case",
    "load_result",
    "plan",
]
