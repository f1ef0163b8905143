rule data:
    output:
        "results/data/{data}/data.json",
    log:
        "results/data/{data}.log",
    message:
        "Prepare the data {wildcards.data}"
    conda:
        "../envs/expc.yaml"
    shell:
        "{EXPC} data {wildcards.data} >{log:q} 2>&1"
