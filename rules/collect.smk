localrules:
    collect,


rule collect:
    input:
        batches=batches_of,
        newest=newest,
    output:
        "results/{name}/results.csv",
        "results/{name}/curves.csv",
    params:
        plan=lambda wildcards: EXPERIMENTS[wildcards.name]["plan"],
    log:
        "results/{name}/logs/collect.log",
    message:
        "Collect the results of {wildcards.name}"
    conda:
        "../envs/expc.yaml"
    shell:
        "{EXPC} collect {wildcards.name} >{log:q} 2>&1"
