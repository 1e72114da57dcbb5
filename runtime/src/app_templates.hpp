#pragma once
#include <span>
#include <string_view>

namespace calluna::runtime {

/// A file of an example app, built in.
struct template_file {
  std::string_view app;   ///< "vip_queue"
  std::string_view path;  ///< in its folder: "web/index.html"
  std::string_view text;
};

/// All of them, sorted by app. Made by cmake/embed_apps.lua.
std::span<template_file const> app_templates() noexcept;

}  // namespace calluna::runtime
