#include <calluna/bindings/mailbox.hpp>

#include <utility>

namespace calluna::bindings {

void mailbox::content::clear() {
  ami.clear();
  ari.clear();
  calls.clear();
  visits.clear();
  calls_missed = false;
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

namespace {

/// About what a call takes.
std::size_t size_of(calls::call_news const& news) {
  constexpr std::size_t of_leg = 256;
  return sizeof news +
         (news.call ? sizeof *news.call + news.call->legs.size() * (sizeof(calls::leg) + of_leg)
                    : 0);
}

bool must_arrive(calls::call_news const& news) {
  return news.kind == calls::call_event_kind::ended;
}

}  // namespace

mailbox::outcome mailbox::put(std::uint32_t pbx, std::shared_ptr<calls::call_news const> news,
                              bool told_too) {
  std::lock_guard const lock(mutex_);
  auto const size = size_of(*news);
  if (!must_arrive(*news) && (awaits_live_ || content_.bytes + size > max_bytes_)) {
    ++dropped_;
    content_.calls_missed = content_.calls_missed || !std::exchange(awaits_live_, true);
    return told();
  }
  content_.bytes += size;
  overflowed_ = overflowed_ || content_.bytes > 2 * max_bytes_;
  content_.calls.push_back({std::move(news), nullptr, pbx, told_too, content_.ami.size()});
  return told();
}

mailbox::outcome mailbox::put(std::shared_ptr<live_calls const> live) {
  std::lock_guard const lock(mutex_);
  awaits_live_ = false;
  content_.calls.push_back({nullptr, std::move(live), 0, false, content_.ami.size()});
  return told();
}

std::optional<mailbox::outcome> mailbox::put(std::uint32_t handler, visit const& what) {
  auto const size = std::visit([](auto const& v) { return bindings::size_of(*v); }, what);
  std::lock_guard const lock(mutex_);
  if (closed_to_visits_ || !load_.fits(size)) {
    ++visits_refused_;
    return std::nullopt;
  }
  content_.visits.push_back({handler, what, {load_, size}});
  return told();
}

std::vector<mailbox::visit_item> mailbox::close_to_visits() {
  std::lock_guard const lock(mutex_);
  closed_to_visits_ = true;
  return std::exchange(content_.visits, {});
}

std::uint64_t mailbox::visits_refused() const {
  std::lock_guard const lock(mutex_);
  return visits_refused_;
}

mailbox::outcome mailbox::told() noexcept {
  return {!std::exchange(woken_, true), content_.bytes > max_bytes_ / 2};
}

bool mailbox::take(content& into) {
  std::lock_guard const lock(mutex_);
  woken_ = false;
  if (content_.owners.empty() && content_.calls.empty() && content_.visits.empty() &&
      !content_.calls_missed)
    return false;
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
