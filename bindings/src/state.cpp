#include <calluna/bindings/state.hpp>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

namespace calluna::bindings {

state::state(memory_limits limits)
    : lua_((memory_.limits = limits, lua_newstate(&allocate, &memory_))) {
  if (lua_ == nullptr) throw std::bad_alloc();
}

state::~state() {
  memory_.limits.hard = static_cast<std::size_t>(-1);  // closing may allocate; it must not fail
  lua_close(lua_);
  for (auto* list : memory_.free)
    while (list != nullptr) std::free(std::exchange(list, list->next));
}

void* state::owner_of(lua_State* lua) noexcept {
  void* data = nullptr;
  lua_getallocf(lua, &data);
  return static_cast<memory*>(data)->owner;
}

void* state::take(memory& from, std::size_t size) {
  if (size > largest_pooled) return std::malloc(size);
  auto& list = from.free[(size + size_step - 1) / size_step];
  if (list == nullptr) return std::malloc((size + size_step - 1) / size_step * size_step);
  return std::exchange(list, list->next);
}

void state::give_back(memory& to, void* block, std::size_t size) {
  if (block == nullptr) return;
  if (size > largest_pooled) return std::free(block);
  auto& list = to.free[(size + size_step - 1) / size_step];
  list = ::new (block) free_block{list};
}

void* state::allocate(void* data, void* block, std::size_t old_size, std::size_t new_size) {
  auto& m = *static_cast<memory*>(data);
  if (new_size > old_size && m.used - old_size + new_size > m.limits.hard) {
    m.exhausted = true;
    return nullptr;
  }
  void* moved = nullptr;
  if (old_size > largest_pooled && new_size > largest_pooled) {
    moved = std::realloc(block, new_size);
    if (moved == nullptr) return nullptr;
  } else {
    if (new_size != 0) {
      moved = take(m, new_size);
      if (moved == nullptr) return nullptr;
      if (block != nullptr) std::memcpy(moved, block, std::min(old_size, new_size));
    }
    give_back(m, block, old_size);
  }
  m.used = m.used - old_size + new_size;
  return moved;
}

}  // namespace calluna::bindings
