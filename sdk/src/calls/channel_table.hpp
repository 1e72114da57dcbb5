#pragma once
#include "channel_name.hpp"

#include <calluna/calls/call.hpp>
#include <calluna/calls/fact.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace calluna::calls {

struct text_hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept {
    return std::hash<std::string_view>{}(text);
  }
};
template <class T>
using by_text = std::unordered_map<std::string, T, text_hash, std::equal_to<>>;

struct channel;
struct bridge;

/// A live call with what finds its way to it.
struct call_state {
  calls::call data;
  std::vector<channel*> channels;
  /// The endpoint by which its remote number was read.
  std::string outside;
  /// In which order calls began.
  std::uint64_t number = 0;
};

/// A live channel. `leg` is -1 if it is no party.
struct channel {
  std::string id, name;
  channel_state state = channel_state::unknown;
  channel_sort sort = channel_sort::party;
  call_state* call = nullptr;
  int leg = -1;
  bridge* in = nullptr;
  /// The other half of a Local channel.
  channel* pair = nullptr;
  moment began_at;
  /// When it last entered or left a bridge.
  moment moved_at;
  /// So that a key told twice counts once.
  char last_digit = 0;
  moment last_digit_at;

  calls::leg& party() const { return call->data.legs[static_cast<std::size_t>(leg)]; }
  bool is_party() const noexcept { return leg >= 0; }
};

struct bridge {
  std::string id, name;
  bridge_kind kind = bridge_kind::mixing;
  std::vector<channel*> members;
};

/// The last few thousand channels that have ended: events of a channel still come after its end,
/// and must not bring it back.
class graveyard {
 public:
  void add(std::string_view id);
  bool has(std::string_view id) const { return ids_.contains(std::hash<std::string_view>{}(id)); }

 private:
  static constexpr std::size_t most = 4096;
  std::deque<std::size_t> order_;
  std::unordered_multiset<std::size_t> ids_;
};

/// Clicks whose channels may not be there yet. The oldest are forgotten.
class click_table {
 public:
  struct click {
    std::string id, to, call_id;
    std::vector<std::string> channels;
  };
  void add(std::string_view id, std::string_view to, std::span<std::string const> channels);
  /// Null if this channel is no click's.
  click* find(std::string_view channel);

 private:
  static constexpr std::size_t most = 1024;
  std::deque<std::pair<std::string, std::shared_ptr<click>>> order_;
  by_text<std::shared_ptr<click>> by_channel_;
};

/// What is believed of one PBX.
struct pbx_state {
  unsigned number = 0;
  fact_source leader = fact_source::ami;
  moment latest;
  by_text<std::unique_ptr<channel>> channels;
  by_text<std::unique_ptr<bridge>> bridges;
  by_text<call_state*> linkedids;
  /// Local channels by the stem of their names: whichever half came first.
  by_text<channel*> locals;
  graveyard ended;
  click_table clicks;
  /// Stasis applications of channels that the leading protocol has not told yet.
  std::deque<std::pair<std::string, std::string>> early_stasis;

  channel* find(std::string_view id) const;
};

/// All parties that hear the one on `from`, itself included if it is one: across mixing bridges
/// and Local channels.
std::vector<channel*> hearing(channel* from);

}  // namespace calluna::calls
