"""The section `data` of a checked tree -> :class:`~csimodels.spec.model.DataSpec`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from csimodels.spec.checks.data import rule_of_where
from csimodels.spec.checks.rake import share_total
from csimodels.spec.file_list import ALONE, NTH
from csimodels.spec.model import REASONS, Code, DataSpec, DesignSpec, Margin, Period, ReplicateSpec, WaveSpec
from csimodels.spec.schema.data import RULE, RawData, RawDesign, RawReplicates
from csimodels.spec.view import View

T = TypeVar("T")


def data_spec(raw: RawData, view: View) -> DataSpec:
    """The section `data` of a model."""
    codes = dict(raw.missing_codes or {})
    everywhere = _codes(codes.pop("all", []))
    by_item = {item: _codes(values) for item, values in codes.items()}
    return DataSpec(
        file=(raw.file or {}).get(ALONE),
        files=tuple(("" if key[:1] == NTH else key, name) for key, name in (raw.file or {}).items() if key != ALONE),
        engine=raw.engine or "auto",
        table=raw.table,
        memory_limit=raw.memory_limit,
        moments=raw.moments,
        sheet=raw.sheet,
        encoding=raw.encoding,
        separator=raw.separator,
        columns=in_item_order({item: column for item, column in (raw.columns or {}).items() if item != column}, view),
        missing_codes=everywhere,
        item_missing_codes=in_item_order({item: values for item, values in by_item.items() if values}, view),
        missing_reasons=_reasons(raw),
        out_of_range=raw.out_of_range or "error",
        weight=raw.weight,
        weight_missing=raw.weight_missing or "error",
        by=tuple(raw.by or ()),
        periods=tuple((column, period) for column, period in _periods(raw).items() if period),
        wave=WaveSpec(raw.wave.column or "", raw.wave.current) if raw.wave else WaveSpec(),
        value_labels=raw.value_labels or "names",
        where=tuple((c, _kept(codes or [])) for c, codes in sorted((raw.where or {}).items()) if c != RULE),
        rule=rule_of_where(raw),
        design=_design(raw.design) if raw.design else DesignSpec(),
        replicate_weights=_replicates(raw.replicate_weights) if raw.replicate_weights else ReplicateSpec(),
        rake_bounds=(raw.rake_bounds[0], raw.rake_bounds[1]) if raw.rake_bounds else (),
        rake=tuple(_margin(column, shares or {}) for column, shares in sorted((raw.rake or {}).items())),
    )


def _reasons(raw: RawData) -> tuple[tuple[str, tuple[Code, ...]], ...]:
    """Codes by reason, in the order of the reasons."""
    given: dict[str, Sequence[Code] | None] = dict((raw.missing_reasons or {}).items())
    return tuple((reason, _codes(codes)) for reason in REASONS if (codes := given.get(reason)))


def _kept(codes: Sequence[Code]) -> Code | tuple[Code, ...]:
    """One value, or the values of a list, each once."""
    once = _codes(codes)
    return once[0] if len(once) == 1 else once


def _periods(raw: RawData) -> dict[str, Period | None]:
    """Columns of dates and the periods that are formed of them."""
    wave = {raw.wave.column: raw.wave.period} if raw.wave and raw.wave.column else {}
    return {**(raw.by or {}), **wave}


def _design(raw: RawDesign) -> DesignSpec:
    lone = raw.lone_strata or DesignSpec().lone_strata
    return DesignSpec(raw.strata, raw.cluster, raw.fpc, lone, raw.panel, raw.groups)


def _replicates(raw: RawReplicates) -> ReplicateSpec:
    default = ReplicateSpec()
    return ReplicateSpec(
        columns=tuple(raw.columns or ()),
        kind=raw.kind or default.kind,
        fay=default.fay if raw.fay is None else float(raw.fay),
        scale=None if raw.scale is None else float(raw.scale),
        rscales=tuple(float(factor) for factor in raw.rscales or ()),
    )


def _margin(column: str, shares: Mapping[str, float]) -> Margin:
    """Shares that sum to 1, by category: shares, percentages and counts that mean the same become the same."""
    total = share_total(shares) or 1.0
    return Margin(column, tuple((category, share / total) for category, share in sorted(shares.items())))


def _codes(codes: Iterable[Code]) -> tuple[Code, ...]:
    """Each code once, numbers before texts: the order written means nothing and must not change the hash."""
    return tuple(sorted(set(codes), key=lambda code: (isinstance(code, str), code)))


def in_item_order(mapping: Mapping[str, T], view: View) -> tuple[tuple[str, T], ...]:
    """Pairs by item, in the order of the model's items."""
    return tuple((item, mapping[item]) for item in view.asked_items() if item in mapping)
