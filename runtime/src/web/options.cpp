#include <calluna/runtime/web/options.hpp>

namespace calluna::runtime::web {

std::vector<network> web_options::loopback() {
  return {*network::read("127.0.0.0/8"), *network::read("::1")};
}

}  // namespace calluna::runtime::web
