#pragma once
#include <calluna/ami/client.hpp>
#include <calluna/ari/client.hpp>
#include <calluna/bindings/visit.hpp>
#include <calluna/calls/call_news.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace calluna::bindings {

/// One of the calls there are, at the number of its PBX in the app.
struct live_call {
  std::uint32_t pbx;
  std::shared_ptr<calls::call const> call;
};
/// All calls there are at one moment, of the PBXs that an app sees.
using live_calls = std::vector<live_call>;

/// The events on their way from the IO thread to one app: bounded, counted, handed over whole.
/// Nothing is copied: the views stay valid through their owners. All members from any thread.
class mailbox {
 public:
  struct ami_item {
    ami::message_view event;
    std::uint32_t pbx;
  };
  struct ari_item {
    ari::event_view event;
    std::uint32_t pbx;
  };
  /// What happened to a call; or, without `news`, all calls there are.
  struct call_item {
    std::shared_ptr<calls::call_news const> news;
    std::shared_ptr<live_calls const> live;
    std::uint32_t pbx = 0;
    /// It is for handlers too, not only for what the app knows of its calls.
    bool told = true;
    /// How many AMI events of this content came before it.
    std::size_t after = 0;
  };
  struct visit_item {
    /// The app's own number of its handler.
    std::uint32_t handler;
    visit what;
    visit_load::place place;
  };
  /// What was handed over; keep it alive while reading its views, clear and give it back for reuse.
  struct content {
    std::vector<ami_item> ami;
    std::vector<ari_item> ari;
    std::vector<call_item> calls;
    std::vector<visit_item> visits;
    /// Some news of calls were dropped: whoever takes this should ask for all of them.
    bool calls_missed = false;
    std::vector<std::shared_ptr<void const>> owners;
    std::size_t bytes = 0;
    void clear();
    bool empty() const noexcept {
      return ami.empty() && ari.empty() && calls.empty() && visits.empty();
    }
  };

  /// `max_bytes` of event text may wait; what comes beyond is dropped and counted (AMI), or makes
  /// `overflowed` true (ARI, where a lost event would be a lost call).
  explicit mailbox(std::size_t max_bytes = 64u << 20) : max_bytes_(max_bytes) {}

  struct outcome {
    bool wake;     ///< the app must be woken: it was empty before
    bool pressed;  ///< more than half full: whoever can should hold back for a moment
  };
  outcome put(std::uint32_t pbx, std::shared_ptr<void const> const& owner,
              std::vector<ami::message_view> const& events);
  outcome put(std::uint32_t pbx, std::shared_ptr<void const> const& owner,
              std::vector<ari::event_view> const& events);
  /// Beyond the bound news are dropped, and so are all that follow, until `live` tells how things
  /// are. An end is dropped never, as it says what became of a call; it makes `overflowed` true
  /// like an event of ARI.
  outcome put(std::uint32_t pbx, std::shared_ptr<calls::call_news const> news, bool told);
  outcome put(std::shared_ptr<live_calls const> live);
  /// Nothing: there is no room for it (see visit_load), or `close_to_visits` has been called. It is
  /// counted then, and left as it is.
  std::optional<outcome> put(std::uint32_t handler, visit const& what);
  /// No more of them; returns those that wait.
  std::vector<visit_item> close_to_visits();
  visit_load const& visits() const noexcept { return load_; }
  std::uint64_t visits_refused() const;

  /// Swaps what is there with `into`, which must be clear. False if there was nothing.
  bool take(content& into);

  std::uint64_t dropped() const;
  bool overflowed() const;

 private:
  mutable std::mutex mutex_;
  outcome told() noexcept;

  visit_load load_;  // before what counts on it
  content content_;
  std::size_t max_bytes_;
  std::uint64_t dropped_ = 0;
  bool overflowed_ = false;
  bool woken_ = false;
  bool awaits_live_ = false;
  bool closed_to_visits_ = false;
  std::uint64_t visits_refused_ = 0;
};

}  // namespace calluna::bindings
