localrules:
    table,
    figure,


rule table:
    input:
        "results/{name}/results.csv",
    output:
        "results/{name}/tables/{answer}.md",
        "results/{name}/tables/{answer}.csv",
    params:
        definition=lambda wildcards: definition(wildcards, "tables"),
    log:
        "results/{name}/logs/table-{answer}.log",
    message:
        "Make the table {wildcards.answer} of {wildcards.name}"
    conda:
        "../envs/expc.yaml"
    shell:
        "{EXPC} table {wildcards.name} {wildcards.answer} >{log:q} 2>&1"


rule figure:
    input:
        "results/{name}/curves.csv",
    output:
        "results/{name}/figures/{answer}.svg",
        "results/{name}/figures/{answer}.png",
    params:
        definition=lambda wildcards: definition(wildcards, "figures"),
    log:
        "results/{name}/logs/figure-{answer}.log",
    message:
        "Draw the figure {wildcards.answer} of {wildcards.name}"
    conda:
        "../envs/expc.yaml"
    shell:
        "{EXPC} figure {wildcards.name} {wildcards.answer} >{log:q} 2>&1"
