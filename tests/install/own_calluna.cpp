#include <calluna/runtime/cli.hpp>

#include <iostream>

int main(int argc, char** argv) {
  using namespace calluna::runtime;
  return run_cli(argc, argv, {service::run, service::check}, std::cout, std::cerr);
}
