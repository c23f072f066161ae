-- A month is judged once its pay day has passed and its payments are in force.
with policy as (
    select * from {{ ref('int_policy__in_force') }}
),

days as (
    select * from {{ ref('int_calendar__days') }}
),

batches as (
    select * from {{ ref('stg_lake__batches') }}
),

paid_months as (
    select distinct {{ month_start('period_end') }} as benefit_month
    from batches
    where feed_id = 'finance__payments' and is_in_force
),

months as (
    select
        days.calendar_date as benefit_month,
        {{ add_days(add_months('days.calendar_date', 1), -1) }} as month_end_date,
        {{ policy('pay_due_day', 'days.calendar_date') }} as due_day
    from days
    where days.calendar_date = {{ month_start('days.calendar_date') }}
),

due as (
    select
        months.benefit_month,
        months.month_end_date,
        days.last_workday_date as pay_due_date
    from months
    inner join days on days.calendar_date = {{ add_days('months.benefit_month', 'months.due_day - 1') }}
),

judged as (
    select
        due.*,
        paid_months.benefit_month is not null as is_paid_in_force,
        paid_months.benefit_month is not null and due.pay_due_date < policy.as_of_date as is_judged
    from due
    cross join policy
    left join paid_months on due.benefit_month = paid_months.benefit_month
    where due.benefit_month <= policy.as_of_date
),

final as (
    select
        *,
        case when is_judged then row_number() over (partition by is_judged order by benefit_month desc) end as judged_rank
    from judged
)

select * from final
