// Keeps 200 entries a second in a container of the standard library, whose headers ask for the memory.
#include <chrono>
#include <map>
#include <thread>
#include <vector>

namespace app {
template <class Key> struct Cache {
    std::map<Key, std::vector<int>> all;

    __attribute__((noinline)) void keep(Key key) {
        all[key].resize(100);
    }
};
}

int main() {
    using clock = std::chrono::steady_clock;
    app::Cache<long> cache;
    auto began = clock::now();
    for (long kept = 0;;) {
        while (kept < 200 * std::chrono::duration<double>(clock::now() - began).count()) cache.keep(kept++);
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}
