#!/bin/sh
# Makes the scenarios and reports of this folder anew, in some minutes; `upright` must be installed.
set -eu
cd "$(dirname "$0")/../.."
folder=$(mktemp -d)
how="--optimizer pso --seed 42"

make() {
    name=$1
    shift
    command="upright tune scenarios/rough-starts.yaml $* --iterations 100 $how"
    $command --out "$folder/$name" >"scenarios/tuned/$name.txt"
    {
        printf '# %s\n#\n# Found by the command above; %s.txt is what it printed.\n' "$command" "$name"
        sed 1d "$folder/$name/best.yaml"
    } >"scenarios/tuned/$name.yaml"
}

for kind in classical super_twisting adaptive hybrid; do
    make "$kind" --controller "$kind"
done
# The weights say little of themselves: only their ratios count, over many decades.
lqr="--controller lqr --set tuning.gains.weights.state=[0.01,10000] --set tuning.gains.weights.force=[0.00001,1]"
make lqr $lqr
# Here the swarm, CMA-ES and other seeds end in worse places.
how="--optimizer de --seed 5"
make lqr_integral $lqr --set controller.integral=1000 --set tuning.gains.integral=[1,100000]
rm -r "$folder"
