rule batch:
    input:
        needed,
    output:
        touch(f"{MARKER}.done"),
    log:
        f"{MARKER}.log",
    conda:
        ENVIRONMENT
    threads: cores
    resources:
        slurm_partition=asked("slurm_partition"),
        slurm_account=asked("slurm_account"),
        qos=asked("qos"),
        constraint=asked("constraint"),
        runtime=asked("runtime"),
        mem_mb=asked("mem_mb"),
        cpus_per_task=asked("cpus_per_task"),
        nodes=asked("nodes"),
        mpi=asked("mpi"),
        tasks=asked("tasks"),
        gpu=asked("gpu"),
        gpu_model=asked("gpu_model"),
        slurm_extra=asked("slurm_extra"),
    params:
        what=described,
        cores=cores,
        plan=lambda wildcards: batches.plan_file(wildcards.name, wildcards.plan),
        within=WITHIN,
    message:
        "{wildcards.step} in {wildcards.name}, {params.what}"
    shell:
        "exec {params.within} python3 workflow/runner {params.plan} {wildcards.step} {wildcards.first} {wildcards.last} --cores {params.cores} >{log:q} 2>&1"


onstart:
    check_start()
    check_site()
    check_places()
