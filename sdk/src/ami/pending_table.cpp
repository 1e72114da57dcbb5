#include <calluna/ami/pending_table.hpp>

#include <utility>

namespace calluna::ami {

// Ids are counted up, so their low bits are the perfect hash: neighbours land in neighbouring
// slots.
pending_table::pending_table() : slots_(256, empty) {}

pending_action& pending_table::add(action_id id) {
  if ((entries_.size() + 1) * 2 > slots_.size()) grow();
  auto slot = home(id);
  while (slots_[slot] != empty) slot = (slot + 1) & (slots_.size() - 1);
  slots_[slot] = static_cast<std::uint32_t>(entries_.size());
  auto& entry = entries_.emplace_back();
  entry.id = id;
  return entry;
}

std::size_t pending_table::slot_of(action_id id) const noexcept {
  auto slot = home(id);
  while (slots_[slot] != empty && entries_[slots_[slot]].id != id)
    slot = (slot + 1) & (slots_.size() - 1);
  return slot;
}

pending_action* pending_table::find(action_id id) noexcept {
  auto const index = slots_[slot_of(id)];
  return index == empty ? nullptr : &entries_[index];
}

void pending_table::erase(action_id id) noexcept {
  auto const slot = slot_of(id);
  auto const index = slots_[slot];
  if (index == empty) return;
  auto const last = static_cast<std::uint32_t>(entries_.size() - 1);
  if (index != last) {
    slots_[slot_of(entries_[last].id)] = index;
    entries_[index] = std::move(entries_[last]);
  }
  entries_.pop_back();
  close_gap(slot);
}

void pending_table::close_gap(std::size_t gap) noexcept {
  auto const mask = slots_.size() - 1;
  slots_[gap] = empty;
  for (auto slot = (gap + 1) & mask; slots_[slot] != empty; slot = (slot + 1) & mask) {
    auto const wanted = home(entries_[slots_[slot]].id);
    // An entry may move into the gap unless that lies before the place it wants.
    if (((slot - wanted) & mask) < ((slot - gap) & mask)) continue;
    slots_[gap] = std::exchange(slots_[slot], empty);
    gap = slot;
  }
}

void pending_table::grow() {
  slots_.assign(slots_.size() * 2, empty);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    auto slot = home(entries_[i].id);
    while (slots_[slot] != empty) slot = (slot + 1) & (slots_.size() - 1);
    slots_[slot] = static_cast<std::uint32_t>(i);
  }
}

void pending_table::clear() noexcept {
  entries_.clear();
  slots_.assign(slots_.size(), empty);
}

}  // namespace calluna::ami
