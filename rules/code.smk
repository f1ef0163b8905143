if PREPARED_HERE:

    localrules:
        code,


rule code:
    output:
        "results/code/{variant}/variant.json",
    log:
        "results/code/{variant}.log",
    conda:
        ENVIRONMENT
    message:
        "Generate the code of variant {wildcards.variant}"
    shell:
        "python3 -P -m expc internal code {wildcards.variant} >{log:q} 2>&1"
