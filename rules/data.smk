rule data:
    output:
        "results/data/{data}/data.json",
    log:
        "results/data/{data}.log",
    conda:
        ENVIRONMENT
    message:
        "Prepare the data {wildcards.data}"
    shell:
        "python3 -P -m expc internal data {wildcards.data} >{log:q} 2>&1"
