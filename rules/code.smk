rule code:
    output:
        "results/code/{variant}/variant.json",
    log:
        "results/code/{variant}.log",
    message:
        "Generate the code of variant {wildcards.variant}"
    conda:
        "../envs/expc.yaml"
    shell:
        "{EXPC} code {wildcards.variant} >{log:q} 2>&1"
