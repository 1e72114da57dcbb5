#include "channel_table.hpp"

#include <algorithm>
#include <utility>

namespace calluna::calls {

void graveyard::add(std::string_view id) {
  auto const hash = std::hash<std::string_view>{}(id);
  order_.push_back(hash);
  ids_.insert(hash);
  if (order_.size() <= most) return;
  ids_.erase(ids_.find(order_.front()));
  order_.pop_front();
}

void click_table::add(std::string_view id, std::string_view to,
                      std::span<std::string const> channels) {
  auto const shared = std::make_shared<click>(
      click{std::string(id), std::string(to), {}, {channels.begin(), channels.end()}});
  for (auto const& channel : channels) {
    if (!by_channel_.emplace(channel, shared).second) continue;
    order_.emplace_back(channel, shared);
    if (order_.size() <= most) continue;
    by_channel_.erase(order_.front().first);
    order_.pop_front();
  }
}

click_table::click* click_table::find(std::string_view channel) {
  auto const found = by_channel_.find(channel);
  return found == by_channel_.end() ? nullptr : found->second.get();
}

channel* pbx_state::find(std::string_view id) const {
  auto const found = channels.find(id);
  return found == channels.end() ? nullptr : found->second.get();
}

namespace {

/// Adds the members of a channel's bridge, and the other halves of Local channels among them.
void visit(channel* one, std::vector<channel*>& seen) {
  auto const add = [&seen](channel* c) {
    if (c != nullptr && std::find(seen.begin(), seen.end(), c) == seen.end()) seen.push_back(c);
  };
  add(one->pair);
  if (one->in == nullptr || one->in->kind != bridge_kind::mixing) return;
  for (auto* member : one->in->members) add(member);
}

}  // namespace

std::vector<channel*> hearing(channel* from) {
  std::vector<channel*> seen{from};
  for (std::size_t next = 0; next < seen.size(); ++next) visit(seen[next], seen);
  std::erase_if(seen, [](channel* c) { return !c->is_party(); });
  return seen;
}

}  // namespace calluna::calls
