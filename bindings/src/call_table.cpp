#include "call_table.hpp"

#include <calluna/bindings/error.hpp>
#include <calluna/directory/user.hpp>

#include <algorithm>
#include <tuple>
#include <utility>

namespace calluna::bindings {
namespace {

error const call_ended{error_kind::gone, "the call has ended", false, {}};

bool any_of(std::vector<std::string> const& wanted, std::string_view value) {
  return !value.empty() && std::find(wanted.begin(), wanted.end(), value) != wanted.end();
}

bool any_pattern(std::vector<std::string> const& wanted, std::string_view value) {
  return std::any_of(wanted.begin(), wanted.end(),
                     [&](std::string const& p) { return matches_pattern(p, value); });
}

}  // namespace

call_table::call_table(lua_State* lua, scheduler& tasks,
                       std::shared_ptr<directory::user_registry const> users)
    : lua_(lua), tasks_(tasks), users_(std::move(users)) {}

std::uint64_t call_table::add(handler h) {
  handlers_.emplace(++last_id_, std::move(h));
  return last_id_;
}

int call_table::remove(std::uint64_t id) {
  auto const found = handlers_.find(id);
  if (found == handlers_.end()) return LUA_NOREF;
  int const function = found->second.function;
  handlers_.erase(found);
  return function;
}

// -- what happens

void call_table::hear(mailbox::call_item const& item, std::string const* pbx,
                      std::vector<int>& functions) {
  auto const& news = *item.news;
  luaL_unref(lua_, LUA_REGISTRYINDEX, std::exchange(last_object_, LUA_NOREF));
  news_ = item.news;
  pbx_ = pbx;
  place_ = nullptr;
  calls::leg const* only = nullptr;
  if (news.call) {
    auto& e = at(*news.call, pbx);
    e.place->now = news.call;
    place_ = e.place;
    if (news.leg >= 0) only = &news.call->legs[static_cast<std::size_t>(news.leg)];
    if (news.kind == calls::call_event_kind::merged) merge(news.other, e);
    if (news.kind) answer_waits(e, news, pbx);
  }
  if (news.kind && item.told)
    for (auto const& [id, h] : handlers_)
      if ((h.kinds & kinds_of(*news.kind)) != 0 &&
          (!place_ ? h.filter.pbxs.empty() || any_of(h.filter.pbxs, *pbx)
                   : passes(h.filter, *place_, only)))
        functions.push_back(h.function);
  if (news.kind == calls::call_event_kind::ended) {
    auto& e = entries_.find(news.call->id)->second;
    if (!functions.empty()) {
      push_object(lua_, place_);
      lua_pop(lua_, 1);
      last_object_ = std::exchange(e.object, LUA_NOREF);
    }
    end(e);
  }
}

void call_table::hear(live_calls const& all, std::vector<std::string const*> const& pbxs) {
  knows_all_ = true;
  string_map<bool> there;
  for (auto const& one : all) {
    at(*one.call, pbxs[one.pbx]).place->now = one.call;
    there[one.call->id] = true;
  }
  std::vector<std::string> gone;
  for (auto const& [id, e] : entries_)
    if (!there.contains(id)) gone.push_back(id);
  for (auto const& id : gone) end(entries_.find(id)->second);
}

call_table::entry& call_table::at(calls::call const& c, std::string const* pbx) {
  auto& e = entries_[c.id];
  if (!e.place) {
    e.place = std::make_shared<call_place>();
    e.place->pbx = pbx;
  }
  return e;
}

void call_table::merge(std::string const& from, entry& into) {
  auto const found = entries_.find(from);
  if (found == entries_.end()) return;
  auto gone = std::move(found->second);
  entries_.erase(found);
  gone.place->merged_into = into.place;
  into.owners.insert(into.owners.end(), gone.owners.begin(), gone.owners.end());
  into.waits.insert(into.waits.end(), gone.waits.begin(), gone.waits.end());
  luaL_unref(lua_, LUA_REGISTRYINDEX, gone.object);
}

void call_table::answer_waits(entry& e, calls::call_news const& news, std::string const* pbx) {
  auto const waits = e.waits;
  for (auto const& w : waits)
    if ((w.kinds & kinds_of(*news.kind)) != 0)
      tasks_.answer(w.waits, [&](lua_State* l) {
        push_call_event(l, news, pbx);
        if (news.leg >= 0) {
          push_leg(l, e.place, news.call->legs[static_cast<std::size_t>(news.leg)].channel);
          lua_setfield(l, -2, "leg");
        }
        return 1;
      });
}

void call_table::end(entry& e) {
  for (auto const& w : e.waits)
    tasks_.answer(w.waits, [](lua_State* l) { return push_failure(l, call_ended); });
  for (auto const owner : e.owners) tasks_.doom(owner, call_ended);
  luaL_unref(lua_, LUA_REGISTRYINDEX, e.object);
  entries_.erase(entries_.find(e.place->now->id));
}

int call_table::push_arguments(lua_State* lua, task_id& owner) {
  if (!place_) {
    lua_pushnil(lua);
    lua_pushnil(lua);
  } else {
    auto const found = entries_.find(place_->now->id);
    if (found != entries_.end()) {
      auto& owners = found->second.owners;
      if (owners.empty()) owners.push_back(tasks_.new_owner());
      owner = owners.front();
    }
    push_object(lua, place_);
    if (news_->leg >= 0)
      push_leg(lua, place_, news_->call->legs[static_cast<std::size_t>(news_->leg)].channel);
    else
      lua_pushnil(lua);
  }
  push_call_event(lua, *news_, pbx_);
  return 3;
}

// -- what there is

std::shared_ptr<call_place> call_table::find(std::string_view id) const {
  auto const found = entries_.find(id);
  return found == entries_.end() ? nullptr : found->second.place;
}

std::shared_ptr<call_place> call_table::by_channel(std::string_view channel,
                                                   std::string_view pbx) const {
  for (auto const& [id, e] : entries_) {
    if (!pbx.empty() && *e.place->pbx != pbx) continue;
    auto const& c = *e.place->now;
    for (auto const& l : c.legs)
      if (!l.ended() && (l.channel == channel || l.name == channel)) return e.place;
    for (auto const& o : c.others)
      if (!o.ended && (o.channel == channel || o.name == channel)) return e.place;
  }
  return nullptr;
}

bool call_table::any_live_leg(
    std::function<bool(std::string const& pbx, calls::leg const& leg)> const& fits) const {
  for (auto const& [id, e] : entries_)
    for (auto const& l : e.place->now->legs)
      if (!l.ended() && fits(*e.place->pbx, l)) return true;
  return false;
}

std::vector<std::shared_ptr<call_place>> call_table::matching(call_filter const& filter) const {
  std::vector<std::shared_ptr<call_place>> list;
  for (auto const& [id, e] : entries_)
    if (e.place->now->announced && passes(filter, *e.place, nullptr)) list.push_back(e.place);
  std::sort(list.begin(), list.end(), [](auto const& a, auto const& b) {
    return std::tie(a->now->started_at, a->now->id) < std::tie(b->now->started_at, b->now->id);
  });
  return list;
}

bool call_table::passes(call_filter const& f, call_place const& place,
                        calls::leg const* only) const {
  if (f.empty()) return true;
  auto const& c = *place.now;
  if (!f.directions.empty() && !any_of(f.directions, to_string(c.direction))) return false;
  if (!f.pbxs.empty() && !any_of(f.pbxs, *place.pbx)) return false;
  if (!f.queues.empty() && std::none_of(c.queues.begin(), c.queues.end(),
                                        [&](auto const& e) { return any_of(f.queues, e.queue); }))
    return false;
  if (!f.numbers.empty() && !any_of(f.numbers, c.remote_e164) && !any_of(f.numbers, c.remote) &&
      !any_of(f.numbers, c.caller) && !any_of(f.numbers, c.dialed))
    return false;
  if (f.users.empty() && f.endpoints.empty()) return true;
  if (only != nullptr) return fits_leg(f, place, *only);
  return std::any_of(c.legs.begin(), c.legs.end(),
                     [&](calls::leg const& l) { return fits_leg(f, place, l); });
}

bool call_table::fits_leg(call_filter const& f, call_place const& place,
                          calls::leg const& l) const {
  if (!f.endpoints.empty() && !any_pattern(f.endpoints, l.endpoint)) return false;
  if (f.users.empty()) return true;
  if (!users_) return false;
  auto const list = users_->current();
  auto const* user = list->by_channel(*place.pbx, l.name);
  return user != nullptr && any_of(f.users, user->id);
}

void call_table::push_object(lua_State* lua, std::shared_ptr<call_place> const& place) {
  if (place == place_ && last_object_ != LUA_NOREF)
    return lua_rawgeti(lua, LUA_REGISTRYINDEX, last_object_);
  auto const found = entries_.find(place->now->id);
  if (found == entries_.end()) return push_call(lua, place);
  auto& object = found->second.object;
  if (object == LUA_NOREF) {
    push_call(lua, place);
    object = luaL_ref(lua, LUA_REGISTRYINDEX);
  }
  lua_rawgeti(lua, LUA_REGISTRYINDEX, object);
}

// -- waits

bool call_table::expect(call_place const& call, ticket t, call_kinds kinds) {
  auto const found = entries_.find(current(call).now->id);
  if (found == entries_.end()) return false;
  found->second.waits.push_back({t, kinds});
  return true;
}

void call_table::forget(call_place const& call, ticket t) {
  auto const found = entries_.find(current(call).now->id);
  if (found == entries_.end()) return;
  std::erase_if(found->second.waits, [t](waiting const& w) { return w.waits == t; });
}

bool call_table::owns(task_id owner) const noexcept {
  return owner != 0 && std::any_of(entries_.begin(), entries_.end(), [owner](auto const& e) {
           auto const& all = e.second.owners;
           return std::find(all.begin(), all.end(), owner) != all.end();
         });
}

}  // namespace calluna::bindings
