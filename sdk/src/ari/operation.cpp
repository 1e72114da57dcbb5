#include <calluna/ari/operation.hpp>

#include <algorithm>
#include <cstddef>

namespace calluna::ari {
namespace {

struct named_index {
  std::string_view name;
  std::size_t index;
};

#include <operations.inc>

}  // namespace

std::string_view to_string(http_method method) noexcept {
  switch (method) {
    case http_method::get:
      return "GET";
    case http_method::post:
      return "POST";
    case http_method::put:
      return "PUT";
    case http_method::del:
      return "DELETE";
  }
  return "GET";
}

std::span<operation const> operations() noexcept {
  return all_operations;
}

operation const* find_operation(std::string_view name) noexcept {
  auto const* found = std::ranges::lower_bound(operations_by_name, name, {}, &named_index::name);
  if (found == std::end(operations_by_name) || found->name != name) return nullptr;
  return &all_operations[found->index];
}

}  // namespace calluna::ari
