with policy as (
    select * from {{ ref('int_policy__in_force') }}
),

batches as (
    select * from {{ ref('stg_lake__batches') }}
),

-- Weeks before the register's first list can't be counted.
register_start as (
    select min(period_end) as first_list_date
    from batches
    where feed_id = 'civil_affairs__register' and is_in_force
),

bounds as (
    select
        {{ last_week_end('policy.as_of_date') }} as last_week_end_date,
        greatest(
            {{ add_days(last_week_end('policy.as_of_date'), '-7 * (policy.history_weeks - 1)') }},
            coalesce({{ week_end('register_start.first_list_date') }}, {{ last_week_end('policy.as_of_date') }})
        ) as first_week_end_date
    from policy
    cross join register_start
),

-- Week 0 is the Sunday before the first week shown: the opening of its flows.
final as (
    select
        cast(numbers.n as integer) as week_seq,
        {{ add_days('bounds.first_week_end_date', '7 * (numbers.n - 1)') }} as week_end_date,
        bounds.first_week_end_date,
        bounds.last_week_end_date
    from bounds
    cross join {{ integers(0, 200) }} as numbers
    where {{ add_days('bounds.first_week_end_date', '7 * (numbers.n - 1)') }} <= bounds.last_week_end_date
)

select * from final
