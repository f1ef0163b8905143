# Here, not in a job: compute nodes often have no network.
localrules:
    fetch,


rule fetch:
    output:
        "results/inputs/{identity}/input.json",
    log:
        "results/inputs/{identity}.log",
    conda:
        ENVIRONMENT
    message:
        "Fetch the input {wildcards.identity}"
    shell:
        "python3 -P -m expc internal fetch {wildcards.identity} >{log:q} 2>&1"
