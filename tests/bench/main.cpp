#include "bench.hpp"

int main() {
    bench::durable_units();
    bench::deliveries();
    bench::password_hashes();
    bench::spans();
}
