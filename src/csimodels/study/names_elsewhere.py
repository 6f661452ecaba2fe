"""What lavaan, seminr, cSEM, SmartPLS and scikit-learn call what a result has under another name."""

from __future__ import annotations

from csimodels.other_names import by_name

#: Name elsewhere -> where to look in a result.
OF_RESULTS = by_name(
    {
        "paths()": "coefficients coef coefs beta betas regression pathcoefficients estimate params structural",
        "quality()": "reliability reliabilities alpha cronbach cronbachalpha cronbachsalpha compositereliability cr "
        "omega rhoa rhoc ave validity convergentvalidity f2 fsquare",
        "quality() for predictors, collinearity() for common method bias": "vif vifs innervif",
        "discriminant()": "htmt htmt2 discriminantvalidity fornelllarcker fl",
        "loadings()": "weights outerweights outerloadings outermodel measurement",
        "specific_effects()": "indirecteffects indirect mediation",
        "effects()": "totaleffects totaleffect directeffects direct",
        "r2()": "rsquared rsquare r2adj",
        "drivers() and figures.importance_performance()": "ipma ipm importanceperformance importance",
        "prediction() for new respondents, predicted() for those of the fit": "predict fitted fittedvalues yhat",
        "prediction()": "plspredict q2predict",
        "prediction() for new respondents, blindfolding() for Stone-Geisser": "q2 qsquare",
        "multigroup()": "mga permutation",
        "mixtures()": "fimix fimixpls",
        "prediction_segments()": "pos plspos",
        "tetrads()": "cta ctapls",
        "model_fit() for PLS and PLSc, fit_measures() for ML": "srmr dg duls nfi gof fit rmsea cfi tli",
        "parameters()": "parameterestimates standardizedsolution inspect",
        "modification_indices()": "modindices mi",
        "model_residuals()": "residuals resid lavresiduals",
        "scores()": "constructscores lvscores latentscores transform",
        "index()": "score csi acsi satisfaction headline",
        "indices() with indices: {NPS: {kind: nps, item: ...}} in the spec": "nps",
        "the columns se, low and high of each table": "confint ci bootstrapped se",
        "Study(..., uncertainty=csimodels.Bootstrap(...))": "bootstrap boot resample",
        "figures; it lists what there is": "plot plots draw show diagram graph",
        "csimodels.save(result, folder)": "save write dump export",
        "report(folder): it writes tables.xlsx too": "toexcel toxlsx excel",
        "report(folder, formats=...)": "tohtml html todocx topdf topptx",
        "tables()": "tocsv todict todataframe table dataframes",
        "fits()": "n nobs converged",
        "notes": "warnings cautions",
        "survey and survey_log: what was read; scores() by respondent": "data rows respondents",
    }
)
