"""Words by which columns, codes and answers are recognised, in English and Chinese; all folded (small, half-width)."""

from __future__ import annotations

#: Names of columns, whole or as one of their words, by what they are for.
WEIGHTS = frozenset(
    (
        *("w", "wt", "wgt", "wts", "weight", "weights", "weighting", "pweight", "finalweight"),
        *("权重", "权数", "加权", "权值", "加权系数", "权重系数", "加权值", "权重值"),
    )
)
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
    *("country", "occupation", "prov", "state", "county", "edu", "job", "profession"),
    *("性别", "年龄", "年龄段", "年龄组", "学历", "教育", "教育程度", "文化程度", "收入", "月收入", "家庭收入"),
    *("地区", "地域", "大区", "区域", "区县", "省", "省份", "城市", "职业", "婚姻状况", "城乡"),
)
STRATA = frozenset({"stratum", "strata", "层", "分层", "抽样层"})
CLUSTERS = frozenset({"psu", "cluster", "初级抽样单位", "群"})
#: Beginnings of the names of items that ask for satisfaction, by which the index is guessed.
SATISFACTION = frozenset(
    {"sat", "csat", "cs", "csi", "cusa", "satis", "satisfaction", "overall", "满意", "满意度", "总体满意度"}
)
#: Beginnings of the names of items by the construct that they measure, in models of customer satisfaction.
STEMS = {
    "Image": frozenset({"img", "ima", "imag", "image", "reputation", "形象", "品牌形象"}),
    "Expectation": frozenset({"exp", "expe", "expect", "expectation", "cuex", "期望", "预期", "顾客期望", "质量期望"}),
    "Quality": frozenset({"qua", "qual", "quality", "perq", "pq", "质量", "感知质量", "总体质量"}),
    "Value": frozenset({"val", "value", "perv", "pv", "价值", "感知价值"}),
    "Satisfaction": SATISFACTION - {"overall"},
    "Complaints": frozenset({"compl", "cmpl", "complaint", "complaints", "cusco", "投诉", "抱怨", "顾客抱怨"}),
    "Loyalty": frozenset({"loy", "loyal", "loyalty", "cusl", "忠诚", "忠诚度", "顾客忠诚"}),
}
