localrules:
    table,
    figure,


rule table:
    input:
        "results/{name}/results.csv",
    output:
        "results/{name}/tables/{answer}.md",
        "results/{name}/tables/{answer}.csv",
    log:
        "results/{name}/logs/table-{answer}.log",
    conda:
        ENVIRONMENT
    params:
        definition=lambda wildcards: definition(wildcards, "tables"),
    message:
        "Make the table {wildcards.answer} of {wildcards.name}"
    shell:
        "python3 -P -m expc internal table {wildcards.name} {wildcards.answer} >{log:q} 2>&1"


rule figure:
    input:
        "results/{name}/curves.csv",
    output:
        "results/{name}/figures/{answer}.svg",
        "results/{name}/figures/{answer}.png",
    log:
        "results/{name}/logs/figure-{answer}.log",
    conda:
        ENVIRONMENT
    params:
        definition=lambda wildcards: definition(wildcards, "figures"),
    message:
        "Draw the figure {wildcards.answer} of {wildcards.name}"
    shell:
        "python3 -P -m expc internal figure {wildcards.name} {wildcards.answer} >{log:q} 2>&1"
