#pragma once
#include <calluna/calls/call.hpp>
#include <calluna/calls/call_event.hpp>
#include <calluna/calls/fact.hpp>
#include <calluna/calls/snapshot.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calluna::calls {

/// What only the installation knows. Each may be empty.
struct call_model_options {
  /// Whether an endpoint ("PJSIP/trunk") is a way to the world outside. Without it: an endpoint is
  /// outside if it calls in with a number that is no extension or is withheld, or is dialled as
  /// `number@endpoint`.
  /// So it is where this answers nothing.
  std::function<std::optional<bool>(unsigned pbx, std::string_view endpoint)> is_trunk;
  /// A number as presented -> E.164, or empty if it has none. `endpoint`: the way to the world
  /// outside that the call takes, as far as known, or empty.
  std::function<std::string(unsigned pbx, std::string_view number, std::string_view endpoint)> e164;
  /// At most as many legs are kept in one call; older ones which reached nobody go first.
  std::size_t legs_kept = 128;
};

/// Turns what PBXs say about channels into calls: one for each conversation, whatever happens in
/// it. Pure: no socket, no clock; equal facts give equal events. One thread at a time.
///
/// - **One call** is everything with one linkedid, merges followed, and what is dialled, bridged,
///   picked up or transferred together (for ARI, which has no linkedids). Of two calls that merge
///   the older survives. A call ends with its last channel, is told once, and dropped.
/// - **Answered** means that two parties talked, or that it was a conference. A queue, a prompt, a
///   parking lot is nobody: whoever gives up there was not answered.
/// - **Two protocols**: of what AMI and ARI both tell, one is listened to (`lead`), and the other
///   only for what the first cannot tell. So it does not matter which of them is ahead.
/// - **Told twice** is told once.
class call_model {
 public:
  using sink = std::function<void(call_event const&)>;

  /// `tell` is called from within `apply` and `reconcile`; it must not call back into the model
  /// but to read.
  explicit call_model(sink tell, call_model_options options = {});
  ~call_model();
  call_model(call_model&&) noexcept;
  call_model& operator=(call_model&&) noexcept;

  /// Which protocol of a PBX is listened to; AMI at first. ARI where there is no AMI: it has no
  /// events of queues, of who parked and took a parked call, nor of MixMonitor, and its lists do
  /// not say who was called by whom. May change at any time; `reconcile` afterwards.
  void lead(unsigned pbx, fact_source source);
  void apply(fact const& f);

  /// Compares what is believed of a PBX with what it says itself, and tells the differences as
  /// synthetic events, a `gap` event first. `gap_from`: since when nobody listened.
  /// A channel that begins or ends after `seen.asked_at` is left as its events say.
  void reconcile(snapshot const& seen, moment at, moment gap_from);
  /// Calls of an earlier model, to be followed by `reconcile` with their PBXs. Tells nothing.
  void restore(std::vector<call> calls);

  /// Live calls, oldest first. The pointers hold until the next change.
  std::vector<call const*> calls() const;
  std::size_t size() const noexcept;
  call const* find(std::string_view id) const;
  call const* by_channel(unsigned pbx, std::string_view channel) const;

  struct counters {
    /// Facts that were used, and those the other protocol had told.
    std::uint64_t applied = 0, second = 0;
    /// Facts about channels which are unknown or have ended.
    std::uint64_t stray = 0;
    std::uint64_t started = 0, merged = 0, ended = 0;
  };
  counters count() const noexcept;

 private:
  class impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace calluna::calls
