#pragma once
#include <calluna/ami/client.hpp>
#include <calluna/ari/client.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace calluna::bindings {

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
  /// What was handed over; keep it alive while reading its views, clear and give it back for reuse.
  struct content {
    std::vector<ami_item> ami;
    std::vector<ari_item> ari;
    std::vector<std::shared_ptr<void const>> owners;
    std::size_t bytes = 0;
    void clear();
    bool empty() const noexcept { return ami.empty() && ari.empty(); }
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
  /// Swaps what is there with `into`, which must be clear. False if there was nothing.
  bool take(content& into);

  std::uint64_t dropped() const;
  bool overflowed() const;

 private:
  mutable std::mutex mutex_;
  outcome told() noexcept;

  content content_;
  std::size_t max_bytes_;
  std::uint64_t dropped_ = 0;
  bool overflowed_ = false;
  bool woken_ = false;
};

}  // namespace calluna::bindings
