# Here, not in a job: compute nodes often have no network.
localrules:
    image,


rule image:
    output:
        "results/images/{identity}.sif",
    log:
        "results/images/{identity}.log",
    conda:
        ENVIRONMENT
    message:
        "Make the image {wildcards.identity}"
    shell:
        "python3 -P -m expc internal image {wildcards.identity} >{log:q} 2>&1"
