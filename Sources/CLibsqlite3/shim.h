// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

#pragma once
#include <sqlite3.h>

// sqlite3_db_config takes a variable number of arguments, which Swift cannot pass.

static inline int countersign_sqlite3_take_no_quoted_texts(sqlite3 *database)
{
    return sqlite3_db_config(database, SQLITE_DBCONFIG_DQS_DML, 0, (int *)0);
}
