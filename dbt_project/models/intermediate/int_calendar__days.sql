with days as (
    select * from {{ ref('calendar_day') }}
),

final as (
    select
        day as calendar_date,
        is_workday,
        coalesce(holiday_name, '') as holiday_name,
        cast(sum(case when is_workday then 1 else 0 end) over (order by day) as integer) as workday_seq,
        max(case when is_workday then day end) over (order by day) as last_workday_date
    from days
)

select * from final
