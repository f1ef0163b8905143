# What a hub has is fetched here, not in a job: compute nodes often have no network.
localrules:
    fetched_data,


FETCHED = [
    name
    for name, recipe in WORKFLOW["data"].items()
    if recipe["source"] == "huggingface" and not recipe["files"]
]

if PREPARED_HERE:

    localrules:
        data,


rule data:
    output:
        "results/data/{data}/data.json",
    log:
        "results/data/{data}.log",
    wildcard_constraints:
        data="|".join(name for name in WORKFLOW["data"] if name not in FETCHED)
        or "none",
    conda:
        ENVIRONMENT
    message:
        "Prepare the data {wildcards.data}"
    shell:
        "python3 -P -m expc internal data {wildcards.data} >{log:q} 2>&1"


rule fetched_data:
    output:
        "results/data/{data}/data.json",
    log:
        "results/data/{data}.log",
    wildcard_constraints:
        data="|".join(FETCHED) or "none",
    conda:
        ENVIRONMENT
    message:
        "Fetch and prepare the data {wildcards.data}"
    shell:
        "python3 -P -m expc internal data {wildcards.data} >{log:q} 2>&1"
