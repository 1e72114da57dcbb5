#include <calluna/runtime/cli.hpp>
#include <calluna/runtime/service.hpp>

#include <exception>
#include <iostream>

int main(int argc, char** argv) {
  namespace runtime = calluna::runtime;
  try {
    return runtime::run_cli(argc, argv, {&runtime::service::run, &runtime::service::check},
                            std::cout, std::cerr);
  } catch (std::exception const& e) {
    std::cerr << "calluna: bug: " << e.what() << '\n';
    return runtime::exit_failure;
  }
}
