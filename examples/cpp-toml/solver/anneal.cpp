// The shortest round trip through random cities, by simulated annealing: ./anneal run.toml [--from CHECKPOINT]
//
// Prints the length now and then, and at the end. Saves its state in $EXPC_CHECKPOINT_DIR, if that is set, and goes on
// from there: a run that was interrupted ends with the same trip.
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

static volatile std::sig_atomic_t asked_to_stop = 0;

static std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(" \t\r");
    return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// As much of TOML as base.toml has: tables, texts without escapes, numbers, comments on lines of their own.
static std::map<std::string, std::string> read_toml(const char* path) {
    std::ifstream file(path);
    if (!file) throw std::runtime_error(std::string("can't read ") + path);
    std::map<std::string, std::string> found;
    std::string line, table;
    while (std::getline(file, line)) {
        line = trimmed(line);
        if (line.empty() || line[0] == '#') continue;
        if (line[0] == '[') {
            table = line.substr(1, line.size() - 2) + ".";
            continue;
        }
        const auto equal = line.find('=');
        if (equal == std::string::npos) throw std::runtime_error("no key and value: " + line);
        std::string value = trimmed(line.substr(equal + 1));
        if (value.size() > 1 && value[0] == '"') value = value.substr(1, value.size() - 2);
        found[table + trimmed(line.substr(0, equal))] = value;
    }
    return found;
}

struct City {
    double x, y;
};

static double between(const City& a, const City& b) { return std::hypot(a.x - b.x, a.y - b.y); }

static double length_of(const std::vector<City>& cities, const std::vector<int>& trip) {
    double sum = 0;
    for (size_t i = 0; i < trip.size(); i++) sum += between(cities[trip[i]], cities[trip[(i + 1) % trip.size()]]);
    return sum;
}

// Not std::uniform_…_distribution, which differs between standard libraries.
static double uniform(std::mt19937_64& chance) { return (chance() >> 11) * 0x1.0p-53; }

struct State {
    long step = 0;
    std::vector<int> trip;
    std::mt19937_64 chance;
};

static void save(const State& state, const std::string& folder) {
    const std::string path = folder + "/state.txt", unfinished = path + ".tmp";
    std::ofstream file(unfinished);
    file << state.step << '\n';
    for (const int city : state.trip) file << city << ' ';
    file << '\n' << state.chance << '\n';
    file.close();
    if (!file || std::rename(unfinished.c_str(), path.c_str())) throw std::runtime_error("can't write " + path);
}

static void go_on_from(State& state, const char* path) {
    std::ifstream file(path);
    file >> state.step;
    for (int& city : state.trip) file >> city;
    file >> state.chance;
    if (!file) throw std::runtime_error(std::string("no state of this program: ") + path);
}

int main(int count, char** words) try {
    if (count != 2 && !(count == 4 && std::string(words[2]) == "--from"))
        throw std::runtime_error("usage: anneal run.toml [--from CHECKPOINT]");
    auto given = read_toml(words[1]);
    const long steps = std::stol(given.at("steps")), print_every = std::stol(given.at("print_every"));
    const double start = std::stod(given.at("cooling.start")), end = std::stod(given.at("cooling.end"));
    const bool geometric = given.at("cooling.kind") == "geometric";
    const int size = std::stoi(given.at("cities.count"));
    const char* folder = std::getenv("EXPC_CHECKPOINT_DIR");

    State state;
    state.chance.seed(std::stoul(given.at("cities.seed")));
    std::vector<City> cities(size);
    for (City& city : cities) city = {uniform(state.chance), uniform(state.chance)};
    for (int i = 0; i < size; i++) state.trip.push_back(i);
    if (count == 4) go_on_from(state, words[3]);
    std::signal(SIGTERM, [](int) { asked_to_stop = 1; });

    while (state.step < steps) {
        const double done = double(state.step) / steps;
        const double temperature = geometric ? start * std::pow(end / start, done) : start + (end - start) * done;
        int i = int(uniform(state.chance) * size), j = int(uniform(state.chance) * size);
        if (i > j) std::swap(i, j);
        // Turning the part from i to j round changes two legs of the trip.
        const City &before = cities[state.trip[(i + size - 1) % size]], &first = cities[state.trip[i]];
        const City &last = cities[state.trip[j]], &after = cities[state.trip[(j + 1) % size]];
        const double longer = between(before, last) + between(first, after) - between(before, first) - between(last, after);
        const bool whole = i == 0 && j == size - 1;
        if (!whole && (longer < 0 || uniform(state.chance) < std::exp(-longer / temperature)))
            for (; i < j; i++, j--) std::swap(state.trip[i], state.trip[j]);
        state.step++;
        if (state.step % print_every == 0) {
            std::printf("step %ld: length %.6f\n", state.step, length_of(cities, state.trip));
            std::fflush(stdout);  // what is printed after this is lost by a kill, and printed again
            if (folder) save(state, folder);
        }
        if (asked_to_stop) {
            if (folder) save(state, folder);
            return 85;  // start me again
        }
    }
    std::printf("length %.6f\n", length_of(cities, state.trip));
    return 0;
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
