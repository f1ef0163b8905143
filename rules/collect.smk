localrules:
    collect,


rule collect:
    input:
        batches=batches_of,
        newest=newest,
    output:
        "results/{name}/results.csv",
        "results/{name}/curves.csv",
    log:
        "results/{name}/logs/collect.log",
    conda:
        ENVIRONMENT
    params:
        plan=lambda wildcards: EXPERIMENTS[wildcards.name]["plan"],
    message:
        "Collect the results of {wildcards.name}"
    shell:
        "python3 -P -m expc internal collect {wildcards.name} >{log:q} 2>&1"
