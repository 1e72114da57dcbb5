#include <calluna/bindings/mailbox.hpp>

#include <utility>

namespace calluna::bindings {

void mailbox::content::clear() {
  ami.clear();
  ari.clear();
  owners.clear();
  bytes = 0;
}

mailbox::outcome mailbox::put(std::uint32_t pbx, std::shared_ptr<void const> const& owner,
                              std::vector<ami::message_view> const& events) {
  std::lock_guard const lock(mutex_);
  for (auto const& event : events) {
    if (content_.bytes + event.text().size() > max_bytes_) {
      ++dropped_;
      continue;
    }
    content_.bytes += event.text().size();
    content_.ami.push_back({event, pbx});
  }
  content_.owners.push_back(owner);
  return told();
}

mailbox::outcome mailbox::put(std::uint32_t pbx, std::shared_ptr<void const> const& owner,
                              std::vector<ari::event_view> const& events) {
  std::lock_guard const lock(mutex_);
  for (auto const& event : events) {
    content_.bytes += event.json.size();
    content_.ari.push_back({event, pbx});
  }
  overflowed_ = overflowed_ || content_.bytes > 2 * max_bytes_;
  content_.owners.push_back(owner);
  return told();
}

mailbox::outcome mailbox::told() noexcept {
  return {!std::exchange(woken_, true), content_.bytes > max_bytes_ / 2};
}

bool mailbox::take(content& into) {
  std::lock_guard const lock(mutex_);
  woken_ = false;
  if (content_.owners.empty()) return false;
  std::swap(content_, into);
  return true;
}

std::uint64_t mailbox::dropped() const {
  std::lock_guard const lock(mutex_);
  return dropped_;
}

bool mailbox::overflowed() const {
  std::lock_guard const lock(mutex_);
  return overflowed_;
}

}  // namespace calluna::bindings
