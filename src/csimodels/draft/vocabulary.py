"""Words by which columns, codes and answers are recognised, in English and Chinese; all folded (small, half-width)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Reason = Literal["dont_know", "refused", "not_asked"]

#: Parts of value labels of codes that are no answers.
NO_ANSWER: Mapping[Reason, tuple[str, ...]] = {
    "dont_know": (
        *("don't know", "don’t know", "dont know", "do not know", "not sure", "unsure", "no opinion", "can't say"),
        *("cannot say", "cannot judge", "can't rate", "不知道", "不清楚", "说不清", "无法评价", "记不清"),
        *("难以回答", "不好说"),
    ),
    "refused": (
        *("refus", "no answer", "no response", "prefer not", "拒答", "拒绝", "未回答", "不愿回答", "不回答", "漏答"),
    ),
    "not_asked": (
        *("not asked", "not applicable", "does not apply", "skipped", "filtered", "missing", "不适用", "未问", "跳答"),
        *("未询问", "缺失", "没有使用过", "未使用过"),
    ),
}
#: Whole answers (not parts of them) that are none.
NO_ANSWER_WORDS: Mapping[Reason, tuple[str, ...]] = {
    "dont_know": ("dk", "d/k", "dk/na", "?", "unknown"),
    "refused": ("ref", "rf", "none given"),
    "not_asked": ("n.a.", "n/a.", "-", "--", "---", "/", "\\"),
}

#: Names of columns, whole or as one of their words, by what they are for.
WEIGHTS = frozenset({"w", "wt", "wgt", "weight", "weights", "pweight", "权重", "权数", "加权", "权值"})
WAVES = frozenset({"wave", "year", "quarter", "period", "round", "yr", "年份", "年度", "季度", "波次", "调查年"})
GROUPS = (
    *("company", "firm", "bank", "brand", "operator", "carrier", "provider", "supplier", "store", "branch", "shop"),
    *("vendor", "hotel", "hospital", "library", "airline", "insurer", "dealer", "service", "product", "industry"),
    *("sector", "unit", "business", "segment", "企业", "公司", "银行", "品牌", "运营商", "单位"),
    *("门店", "网点", "机构", "供电局", "分公司", "业务", "产品", "行业", "图书馆", "医院", "供应商", "商户"),
)
#: Groups that stand above companies: carried up by a roll-up rather than estimated on their own.
UPPER = frozenset({"industry", "sector", "行业", "产业"})
#: Columns that often hold groups but describe respondents: offered as a comment, never taken.
DESCRIPTIONS = (
    *("gender", "sex", "age", "agegroup", "education", "income", "region", "province", "city", "district", "area"),
    *("country", "occupation", "性别", "年龄", "学历", "教育", "收入", "地区", "区域", "省", "城市", "职业"),
)
STRATA = frozenset({"stratum", "strata", "层", "分层", "抽样层"})
CLUSTERS = frozenset({"psu", "cluster", "初级抽样单位", "群"})

#: Scales in words: answers from the lowest to the highest.
SCALES: tuple[tuple[str, ...], ...] = (
    ("非常不满意", "不满意", "一般", "满意", "非常满意"),
    ("很不满意", "不满意", "一般", "满意", "很满意"),
    ("非常不满意", "比较不满意", "一般", "比较满意", "非常满意"),
    ("很不满意", "不太满意", "一般", "比较满意", "很满意"),
    ("非常不同意", "不同意", "一般", "同意", "非常同意"),
    ("非常不同意", "不同意", "中立", "同意", "非常同意"),
    ("完全不同意", "不同意", "一般", "同意", "完全同意"),
    ("非常不同意", "比较不同意", "一般", "比较同意", "非常同意"),
    ("很差", "较差", "一般", "较好", "很好"),
    ("非常差", "差", "一般", "好", "非常好"),
    ("肯定不会", "可能不会", "不确定", "可能会", "肯定会"),
    ("very dissatisfied", "dissatisfied", "neutral", "satisfied", "very satisfied"),
    ("very dissatisfied", "dissatisfied", "neither satisfied nor dissatisfied", "satisfied", "very satisfied"),
    ("very dissatisfied", "somewhat dissatisfied", "neither", "somewhat satisfied", "very satisfied"),
    ("very unsatisfied", "unsatisfied", "neutral", "satisfied", "very satisfied"),
    ("strongly disagree", "disagree", "neutral", "agree", "strongly agree"),
    ("strongly disagree", "disagree", "neither agree nor disagree", "agree", "strongly agree"),
    ("very poor", "poor", "fair", "good", "very good"),
    ("very bad", "bad", "average", "good", "very good"),
    ("poor", "fair", "good", "very good", "excellent"),
    ("very unlikely", "unlikely", "neutral", "likely", "very likely"),
    ("never", "rarely", "sometimes", "often", "always"),
)
