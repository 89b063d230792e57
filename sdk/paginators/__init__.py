"""Paginators and the rules by which their lists end: frozen values that turn one request into the next."""

from sdk.paginators.auto import AutoPaginator
from sdk.paginators.cursor import CursorPaginator, HeaderCursorPaginator
from sdk.paginators.ends import (
    EitherEnd,
    EmptyPage,
    EndRule,
    HasMore,
    MissingToken,
    NullToken,
    Progress,
    ShortPage,
    Total,
    TotalHeader,
)
from sdk.paginators.last_record import LastRecordPaginator
from sdk.paginators.links import HeaderLinkPaginator, NextLinkPaginator
from sdk.paginators.offset import OffsetPaginator
from sdk.paginators.page_number import PageNumberPaginator
from sdk.paginators.paginator import Paginator
from sdk.paginators.single_page import SinglePagePaginator

__all__ = [
    "AutoPaginator",
    "CursorPaginator",
    "EitherEnd",
    "EmptyPage",
    "EndRule",
    "HasMore",
    "HeaderCursorPaginator",
    "HeaderLinkPaginator",
    "LastRecordPaginator",
    "MissingToken",
    "NextLinkPaginator",
    "NullToken",
    "OffsetPaginator",
    "PageNumberPaginator",
    "Paginator",
    "Progress",
    "ShortPage",
    "SinglePagePaginator",
    "Total",
    "TotalHeader",
]
