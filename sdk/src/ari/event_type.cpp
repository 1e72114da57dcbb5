#include <calluna/ari/event_type.hpp>

#include <algorithm>
#include <cstddef>

namespace calluna::ari {
namespace {

struct named_index {
  std::string_view name;
  std::size_t index;
};

#include <events.inc>

}  // namespace

std::span<object_type const> event_types() noexcept {
  return all_events;
}

std::span<object_type const> model_types() noexcept {
  return all_models;
}

object_type const* find_event_type(std::string_view name) noexcept {
  auto const* found = std::ranges::lower_bound(events_by_name, name, {}, &named_index::name);
  if (found == std::end(events_by_name) || found->name != name) return nullptr;
  return &all_events[found->index];
}

}  // namespace calluna::ari
