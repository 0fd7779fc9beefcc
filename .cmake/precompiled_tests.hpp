#pragma once

#include <gtest/gtest.h>

#include <harness/co_test.hpp>
#include <harness/world.hpp>

#include "precompiled.hpp"
