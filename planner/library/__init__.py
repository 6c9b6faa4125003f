"""The planner from Python: cases, plans and judgements as objects, with frames for pandas and charts.

Everything here calls the same studies, views and reports as the command line; nothing is computed anew. Bad input and
cases without a plan raise the exceptions below, whose text is what the command line prints.
"""

from planner.case_file import CaseFileError, ChangeError
from planner.data import DatasetError
from planner.library.cases import CaseStudy, load_case
from planner.library.charts import Chart
from planner.library.comparisons import Comparison, compare
from planner.library.explanations import Explanation, explain
from planner.library.judgements import Judgement, evaluate
from planner.library.plans import Plan, load_result, plan
from planner.library.searches import AlternativePlans, ParetoFront, alternatives, front
from planner.library.sweeps import SweepResult, sweep
from planner.reports.html.figures import NothingToDrawError
from planner.reports.html.pdf import PdfError
from planner.reports.problems import NoPlaceError
from planner.results import ResultFileError
from planner.studies.plan import InfeasibleCase, NoPlan, StoppedEarly
from planner.studies.proposals.evaluate import OtherCase
from planner.studies.sweeps.executor import NoWorkers
from planner.studies.sweeps.glance import NothingToMove
from planner.studies.sweeps.journal import JournalError
from planner.studies.sweeps.run import SweepProgress
from planner.studies.sweeps.sampling import MissingLibrary
from planner.views.frames import Frames

__all__ = [
    "AlternativePlans",
    "CaseFileError",
    "CaseStudy",
    "ChangeError",
    "Chart",
    "Comparison",
    "DatasetError",
    "Explanation",
    "Frames",
    "InfeasibleCase",
    "JournalError",
    "Judgement",
    "MissingLibrary",
    "NoPlaceError",
    "NoPlan",
    "NoWorkers",
    "NothingToDrawError",
    "NothingToMove",
    "OtherCase",
    "ParetoFront",
    "PdfError",
    "Plan",
    "ResultFileError",
    "StoppedEarly",
    "SweepProgress",
    "SweepResult",
    "alternatives",
    "compare",
    "evaluate",
    "explain",
    "front",
    "load_case",
    "load_result",
    "plan",
    "sweep",
]
