-- 保障金额 is the household's, but the person's for 单人保, 特困, 孤儿 and 事实无人抚养: those are told apart by the person.
-- A stopped member stays listed for some weeks with the amount of the day before: only members still in it speak.
with registrations as (
    select * from {{ ref('stg_civil_affairs__registrations') }}
),

listed as (
    select
        household_id_civil_affairs,
        category_code,
        case when category_code in ('DB1', 'TK', 'OR', 'DF') then person_key else '' end as entitled_person_key,
        _period_end as listed_date,
        delivery_order,
        max(area_code) as area_code,
        max(urban_rural_code) as urban_rural_code,
        max(review_class_code) as review_class_code,
        max(covered_count) as covered_count,
        max(household_income_month_yuan) as household_income_month_yuan,
        max(household_amount_yuan) as household_amount_yuan
    from registrations
    where stop_date is null or stop_date > _period_end
    group by 1, 2, 3, 4, 5
),

compared as (
    select
        *,
        row_number() over history = 1
        or area_code is distinct from lag(area_code) over history
        or urban_rural_code is distinct from lag(urban_rural_code) over history
        or review_class_code is distinct from lag(review_class_code) over history
        or covered_count is distinct from lag(covered_count) over history
        or household_income_month_yuan is distinct from lag(household_income_month_yuan) over history
        or household_amount_yuan is distinct from lag(household_amount_yuan) over history as is_change
    from listed
    window history as (
        partition by household_id_civil_affairs, category_code, entitled_person_key order by delivery_order
    )
),

changes as (
    select * from compared where is_change
),

final as (
    select
        household_id_civil_affairs,
        category_code,
        entitled_person_key,
        delivery_order,
        listed_date,
        -- What the first list says held before it too.
        case when row_number() over history = 1 then date '0001-01-01' else listed_date end as valid_from,
        coalesce(lead(listed_date) over history, date '9999-12-31') as valid_to,
        area_code,
        urban_rural_code,
        review_class_code,
        covered_count,
        household_income_month_yuan,
        household_amount_yuan
    from changes
    window history as (
        partition by household_id_civil_affairs, category_code, entitled_person_key order by delivery_order
    )
)

select * from final
