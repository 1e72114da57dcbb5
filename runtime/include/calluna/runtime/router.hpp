#pragma once
#include <calluna/ami/client.hpp>
#include <calluna/ari/client.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace calluna::runtime {

/// Names a generation of an app; unique in the process.
using generation_id = std::uint32_t;

/// A call as the router knows it: a channel in a Stasis application.
struct routed_channel {
  std::uint32_t pbx = 0;
  std::string id;
  std::string application;
  /// We made it (an outbound leg): its id names its generation.
  bool ours = false;
};

/// Who gets an event. Where router and generations meet; called on the IO thread. `on_events` tells
/// whether the receiver is falling behind.
class event_receiver {
 public:
  virtual ~event_receiver() = default;
  virtual bool on_events(std::uint32_t pbx, std::shared_ptr<void const> const& owner,
                         std::vector<ami::message_view> const& events) = 0;
  virtual bool on_events(std::uint32_t pbx, std::shared_ptr<void const> const& owner,
                         std::vector<ari::event_view> const& events) = 0;
};

/// Decides which generation gets which event, on the IO thread, before anything is copied.
///
/// AMI: whoever wants the event's name. ARI: the generation that has the call; a new call goes to
/// the generation that serves the application now. So a call stays where it began, and only the
/// next call sees the new script.
class router {
 public:
  /// `id_prefix`: what the ids chosen by our generations begin with, "<prefix>-<generation>-...".
  explicit router(std::string id_prefix);

  void add(generation_id id, event_receiver& to);
  /// Its channels are forgotten; their events go nowhere from now on.
  void remove(generation_id id);
  void want_ami(generation_id id, std::vector<std::string> patterns);
  /// New calls of `application` go to `id`. 0: to nobody.
  void serve(std::string const& application, generation_id id);
  generation_id server_of(std::string_view application) const noexcept;

  /// True: somebody falls behind; the source should hold back for a moment if it can.
  bool route(std::uint32_t pbx, ami::event_batch const& batch);
  bool route(std::uint32_t pbx, ari::event_batch const& batch);

  /// The channels of that PBX which are in `application`, as far as was heard.
  std::vector<std::string> channels_in(std::uint32_t pbx, std::string_view application) const;
  /// The channel is gone and nobody said so (its PBX was away): its generation gets a StasisEnd
  /// with "synthetic": true.
  void lost(std::uint32_t pbx, std::string const& channel);
  /// Says that the channel is being sent out of its application. False if that was said before, or
  /// it is unknown.
  bool mark_leaving(std::uint32_t pbx, std::string_view channel);
  /// The channels that `id` has in its applications.
  std::vector<routed_channel> channels_of(generation_id id) const;
  std::size_t channel_count(generation_id id) const noexcept;
  /// Called when the last channel of a generation has left.
  std::function<void(generation_id)> on_empty;
  /// Called with a channel that entered an application whose generation is gone: nobody will ever
  /// handle it.
  std::function<void(routed_channel const&)> on_orphan;

  struct counters {
    std::uint64_t ami_events = 0, ami_wanted = 0, ari_events = 0, ari_routed = 0;
  };
  counters const& count() const noexcept { return count_; }

 private:
  struct string_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const noexcept {
      return std::hash<std::string_view>{}(s);
    }
  };
  template <class T>
  using string_map = std::unordered_map<std::string, T, string_hash, std::equal_to<>>;

  struct entry {
    event_receiver* to = nullptr;
    std::vector<std::string> patterns;
    std::size_t channels = 0;
    std::vector<ami::message_view> ami_pending;
    std::vector<ari::event_view> ari_pending;
  };
  struct channel_place {
    generation_id generation;
    std::string application;
    bool ours;
    bool leaving = false;
  };

  std::vector<entry*> const& wanting(std::string_view event);
  generation_id generation_in(std::string_view id) const noexcept;
  generation_id owner_of(std::uint32_t pbx, ari::event_view const& event);
  void enter(std::uint32_t pbx, ari::event_view const& event, generation_id owner);
  void left(std::uint32_t pbx, std::string_view channel);
  channel_place const* place_of(std::uint32_t pbx, std::string_view channel) const noexcept;

  std::string prefix_;
  std::map<generation_id, entry> entries_;
  string_map<std::vector<entry*>> wanting_;  // by event name, filled as events come
  string_map<generation_id> served_;
  std::map<std::uint32_t, string_map<channel_place>> channels_;  // by PBX and channel id
  counters count_;
};

}  // namespace calluna::runtime
